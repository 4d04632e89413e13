// known_facts: live facts of a space that say the same as these, by fingerprint, newest first.
// mode: read
// params: space STRING, fingerprints LIST<STRING>
// returns: fingerprint STRING, id STRING, by STRING?, clearance INTEGER, carried BOOLEAN
UNWIND $fingerprints AS fingerprint
MATCH (c:MemCube {space: $space, fingerprint: fingerprint})
WHERE c.live AND c.semantic_type <> 'message' AND c.semantic_type <> 'passage'
RETURN fingerprint, c.id AS id, c.created_by AS by, coalesce(c.clearance, 0) AS clearance,
       c.carried_id IS NOT NULL AS carried
ORDER BY id DESC
