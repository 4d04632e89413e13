// history: every policy that has governed a space the principal may read, the one in force first.
// mode: read
// params: principal STRING, space STRING, now DATETIME
// returns: version INTEGER, name STRING, text STRING, sha256 STRING, applied_at DATETIME, applied_by STRING
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s WHERE 'read' IN actions
MATCH (s)-[:GOVERNED_BY]->(:Policy)-[:REPLACES*0..]->(p:Policy)
RETURN p.version AS version, p.name AS name, p.text AS text, p.sha256 AS sha256, p.applied_at AS applied_at,
       p.applied_by AS applied_by
ORDER BY version DESC
