// read_cube: a cube the principal may read, with its content, state and validity as of a moment.
// mode: read
// params: principal STRING, cube STRING, as_of DATETIME?, now DATETIME
// returns: cube MAP, past MAP, owner STRING, text STRING?, number INTEGER?
// shows: $cube
CYPHER 25
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c, s, sees WHERE 'read' IN actions AND c.expires_at > $now
OPTIONAL MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
WHERE v.number >= 1 AND CASE WHEN $as_of IS NULL THEN v.known_to IS NULL
  ELSE v.known_from <= $as_of AND (v.known_to IS NULL OR v.known_to > $as_of) END
OPTIONAL CALL (c) {
  WITH c WHERE $as_of IS NOT NULL
  MATCH (c)-[:WAS]->(then:PastState)
  WHERE then.known_from <= $as_of AND then.known_to > $as_of
  RETURN then {.state, .valid_from, .fingerprint, .updated_at, valid_to: then.valid_to} AS past
}
WITH c, s, past, v, sees, coalesce(v.clearance, 0) > sees AS redacted
RETURN c {
         .*, text: CASE WHEN coalesce(c.clearance, 0) > sees THEN c.views[sees] ELSE c.text END,
         embedding: NULL, words: NULL, context: NULL, views: NULL, secrets: NULL,
         fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END
       } AS cube,
       CASE WHEN past IS NULL THEN {} WHEN redacted THEN past {.*, fingerprint: ''} ELSE past END AS past, s.owner AS owner,
       CASE WHEN redacted THEN v.views[sees] ELSE v.text END AS text, v.number AS number
