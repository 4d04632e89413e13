// bring_back: the text and the vector of an earlier version become current again, in a new version.
// mode: write
// params: rows LIST<MAP>, by STRING, reason STRING?, now DATETIME
// returns: id STRING, number INTEGER, sha256 STRING, rollback_of INTEGER
// touches: $rows.id
CYPHER 25
UNWIND $rows AS row
MATCH (c:MemCube {id: row.id})-[current:CURRENT]->(old:MemVersion)
MATCH (v:MemVersion {cube: row.id, number: row.number})
DELETE current
SET old:PastVersion, old.known_to = $now,
    old.topics = COLLECT { MATCH (c)-[:MENTIONS]->(:Concept)-[:WITHIN]->(t:Topic) RETURN DISTINCT t.name ORDER BY t.name }
WITH c, old, v, row
CALL db.create.setNodeVectorProperty(old, 'embedding', c.embedding)
CREATE (new:MemVersion {
  cube: c.id, number: old.number + 1, space: c.space, space_key: c.space_key, text: v.text, sha256: v.sha256,
  known_from: $now, by: $by, reason: $reason, rollback_of: v.number,
  when: replace(left(toString($now), 16), 'T', ' '), clearance: row.clearance, views: row.views
})-[:PREVIOUS]->(old)
CREATE (c)-[:CURRENT]->(new)
SET c.text = v.text, c.version = new.number, c.updated_at = $now, c.subject = row.subject, c.relation = row.relation,
    c.sensitivity = row.sensitivity, c.clearance = row.clearance, c.views = row.views, c.secrets = row.secrets
WITH c, new, v
CALL db.create.setNodeVectorProperty(c, 'embedding', v.embedding)
RETURN c.id AS id, new.number AS number, new.sha256 AS sha256, new.rollback_of AS rollback_of
