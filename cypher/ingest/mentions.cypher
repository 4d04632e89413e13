// mentions: link cubes to the concepts they are about.
// mode: write
// params: space STRING, mentions LIST<MAP>
// returns: linked INTEGER
// touches: $mentions.cube
UNWIND $mentions AS row
MATCH (c:MemCube {id: row.cube}), (k:Concept {space: $space, name: row.concept})
CREATE (c)-[:MENTIONS {weight: row.weight}]->(k)
RETURN count(*) AS linked
