// cubes: create plaintext cubes with their first version, their place in the source and what follows what.
// mode: write
// params: space STRING, by STRING, now DATETIME, cubes LIST<MAP>
// returns: created INTEGER
// creates: $cubes.properties.id
CYPHER 25
UNWIND $cubes AS row
CREATE (c:MemCube:Plaintext)
SET c = row.properties
CREATE (c)-[:CURRENT]->(:MemVersion {
  cube: c.id, number: 1, space: $space, space_key: c.space_key, text: c.text, sha256: row.sha256, known_from: $now, by: $by,
  when: replace(left(toString($now), 16), 'T', ' '), clearance: c.clearance, views: c.views
})
WITH c, row
MATCH (s:Source {space: $space, id: c.source})
CREATE (c)-[:FROM {position: c.position}]->(s)
WITH c, row
CALL db.create.setNodeVectorProperty(c, 'embedding', toFloatList(row.embedding))
WITH c, row
CALL (c, row) {
  WITH row WHERE row.previous IS NOT NULL
  MATCH (p:MemCube {id: row.previous})
  CREATE (p)-[:NEXT]->(c)
}
RETURN count(*) AS created
