// known_facts: live facts of a space that say the same as these, by fingerprint.
// mode: read
// params: space STRING, fingerprints LIST<STRING>
// returns: fingerprint STRING, id STRING
UNWIND $fingerprints AS fingerprint
MATCH (c:MemCube {space: $space, fingerprint: fingerprint})
WHERE c.live AND c.semantic_type <> 'message' AND c.semantic_type <> 'passage'
RETURN fingerprint, min(c.id) AS id
