// namespaces: the roots of all documents in a space that the principal may read.
// mode: read
// params: principal STRING, space STRING, below STRING, now DATETIME
// returns: root STRING
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
MATCH (o:Source) WHERE o.space = s.id AND o.id STARTS WITH $below
MATCH (o)<-[:FROM]-(c:MemCube)
WHERE c.semantic_type = 'document' AND c.state <> 'deleted' AND c.expires_at > $now AND NOT c.id IN forbidden
RETURN DISTINCT c.root AS root ORDER BY root
