// facts: create fact cubes, each derived from the message or passage that says it.
// mode: write
// params: space STRING, by STRING, now DATETIME, facts LIST<MAP>
// returns: created INTEGER
// creates: $facts.properties.id
CYPHER 25
UNWIND $facts AS row
MATCH (whole:MemCube {id: row.derived_from})
CREATE (c:MemCube:Plaintext)
SET c = row.properties
CREATE (c)-[:CURRENT]->(:MemVersion {
  cube: c.id, number: 1, space: $space, space_key: c.space_key, text: c.text, sha256: row.sha256, known_from: $now, by: $by,
  when: replace(left(toString($now), 16), 'T', ' '), clearance: c.clearance, views: c.views
})
CREATE (c)-[:DERIVED_FROM {transform: 'extracted', at: $now, by: $by}]->(whole)
WITH c, row
CALL db.create.setNodeVectorProperty(c, 'embedding', toFloatList(row.embedding))
RETURN count(*) AS created
