// merged_into: link memories to the one they were merged into, and it to them, so that lineage shows both.
// mode: write
// params: new STRING, parents LIST<STRING>, by STRING, now DATETIME
// returns: linked INTEGER
// touches: $new, $parents
MATCH (new:MemCube {id: $new})
UNWIND $parents AS wanted
MATCH (parent:MemCube {id: wanted})
CREATE (parent)-[:MERGED_INTO {at: $now, by: $by}]->(new)
CREATE (new)-[:DERIVED_FROM {transform: 'merged', at: $now, by: $by}]->(parent)
RETURN count(parent) AS linked
