// known_facts: live facts of a space that say the same as these, by fingerprint; of those only those that the principal may read whole or wrote, since it is told.
// mode: read
// params: principal STRING, now DATETIME, space STRING, fingerprints LIST<STRING>
// returns: fingerprint STRING, id STRING
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH sees, forbidden
UNWIND $fingerprints AS fingerprint
MATCH (c:MemCube {space: $space, fingerprint: fingerprint})
WHERE c.live AND c.semantic_type <> 'message' AND c.semantic_type <> 'passage' AND NOT c.id IN forbidden
  AND (coalesce(c.clearance, 0) <= sees OR c.created_by = $principal)
RETURN fingerprint, min(c.id) AS id
