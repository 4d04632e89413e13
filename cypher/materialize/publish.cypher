// publish: a distilled adapter goes into service with a note of what it learned, unless one of its sources changed, expired or went meanwhile.
// mode: write
// params: cube STRING, state STRING, evaluation STRING, base_model STRING, sha256 STRING, bytes INTEGER, unlearned LIST<INTEGER>, now DATETIME
// returns: id STRING, state STRING, known_from DATETIME, by STRING
// touches: $cube
MATCH (p:Parametric {id: $cube})-[:CURRENT]->(v:MemVersion)
WHERE p.state = 'generated' AND NOT EXISTS {
  MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
  WHERE NOT c.live OR c.version <> d.version OR c.expires_at <= $now
}
SET p.state = $state, p.evaluation = $evaluation, p.base_model = $base_model, p.payload_sha256 = $sha256,
    p.payload_bytes = $bytes, p.updated_at = $now, v.sha256 = $sha256
WITH p, v
CALL (p) {
  MATCH (p)-[d:DERIVED_FROM]->(:MemCube)
  SET d.learned = NOT d.position IN $unlearned
}
RETURN p.id AS id, p.state AS state, v.known_from AS known_from, v.by AS by
