// append_version: a new version becomes current; what stood before keeps its content and its vector, findable as of then.
// mode: write
// params: cube STRING, text STRING, sha256 STRING, embedding ANY, fingerprint STRING, by STRING, reason STRING?, rollback_of INTEGER?, valid_from DATETIME?, sensitivity LIST<STRING>, clearance INTEGER, now DATETIME
// returns: version INTEGER
CYPHER 25
MATCH (c:MemCube {id: $cube})-[current:CURRENT]->(old:MemVersion)
DELETE current
SET old:PastVersion, old.known_to = $now
WITH c, old
CALL db.create.setNodeVectorProperty(old, 'embedding', c.embedding)
CREATE (new:MemVersion {
  cube: c.id, number: old.number + 1, space: c.space, space_key: c.space_key, text: $text, sha256: $sha256,
  known_from: $now, by: $by, reason: $reason, rollback_of: $rollback_of,
  clearance: $clearance
})-[:PREVIOUS]->(old)
CREATE (c)-[:CURRENT]->(new)
SET c.text = $text, c.version = new.number, c.updated_at = $now, c.fingerprint = $fingerprint,
    c.sensitivity = $sensitivity, c.clearance = $clearance,
    c.valid_from = coalesce($valid_from, c.valid_from)
WITH c, new
CALL db.create.setNodeVectorProperty(c, 'embedding', toFloatList($embedding))
RETURN new.number AS version
