// list: documents in a namespace and below it that the principal may read, the last changed first.
// mode: read
// params: principal STRING, space STRING, below STRING, now DATETIME, skip INTEGER, limit INTEGER
// returns: cube MAP, owner STRING
// shows: cube.id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
MATCH (o:Source) WHERE o.space = s.id AND o.id STARTS WITH $below
MATCH (o)<-[:FROM]-(c:MemCube)
WHERE c.semantic_type = 'document' AND c.state <> 'deleted' AND c.expires_at > $now AND NOT c.id IN forbidden
WITH c, s, sees ORDER BY c.updated_at DESC, c.id DESC SKIP $skip LIMIT $limit
WITH c, s, coalesce(c.clearance, 0) > sees AS redacted, sees
RETURN c {
         .*, embedding: NULL, words: NULL, context: NULL, views: NULL, secrets: NULL, text: CASE WHEN redacted THEN c.views[sees] ELSE c.text END,
         fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END
       } AS cube, s.owner AS owner
ORDER BY c.updated_at DESC, c.id DESC
