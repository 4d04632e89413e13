// append_version: a new version becomes current; what stood before keeps its content and its vector, findable as of then.
// mode: write
// params: cube STRING, text STRING, sha256 STRING, embedding ANY, fingerprint STRING, by STRING, reason STRING?, rollback_of INTEGER?, valid_from DATETIME?, sensitivity LIST<STRING>, clearance INTEGER, views LIST<STRING>?, secrets STRING?, subject STRING?, relation STRING?, now DATETIME
// returns: version INTEGER
// touches: $cube
CYPHER 25
MATCH (c:MemCube {id: $cube})-[current:CURRENT]->(old:MemVersion)
CREATE (c)-[:WAS]->(:PastState {
  cube: c.id, space: c.space, state: c.state, live: c.live, valid_from: c.valid_from, valid_to: c.valid_to,
  fingerprint: c.fingerprint, left_with_source: c.left_with_source, updated_at: c.updated_at, known_from: coalesce(c.changed_at, c.created_at), known_to: $now
})
DELETE current
SET old:PastVersion, old.known_to = $now,
    old.topics = COLLECT { MATCH (c)-[:MENTIONS]->(:Concept)-[:WITHIN]->(t:Topic) RETURN DISTINCT t.name ORDER BY t.name }
WITH c, old
CALL db.create.setNodeVectorProperty(old, 'embedding', c.embedding)
CREATE (new:MemVersion {
  cube: c.id, number: old.number + 1, space: c.space, space_key: c.space_key, text: $text, sha256: $sha256,
  known_from: $now, by: $by, reason: $reason, rollback_of: $rollback_of,
  when: replace(left(toString($now), 16), 'T', ' '), clearance: $clearance, views: $views
})-[:PREVIOUS]->(old)
CREATE (c)-[:CURRENT]->(new)
SET c.text = $text, c.version = new.number, c.updated_at = $now, c.changed_at = $now, c.fingerprint = $fingerprint,
    c.sensitivity = $sensitivity, c.clearance = $clearance, c.views = $views, c.secrets = $secrets,
    c.valid_from = coalesce($valid_from, c.valid_from), c.subject = $subject, c.relation = $relation
WITH c, new
CALL db.create.setNodeVectorProperty(c, 'embedding', toFloatList($embedding))
RETURN new.number AS version
