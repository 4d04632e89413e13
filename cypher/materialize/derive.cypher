// derive: link a cube to the memories it was made from, each in the version that was read; those that changed since are left out.
// mode: write
// params: cube STRING, transform STRING, sources LIST<MAP>, now DATETIME, by STRING
// returns: linked INTEGER
// touches: $cube
MATCH (a:MemCube {id: $cube})
UNWIND $sources AS row
MATCH (c:MemCube {id: row.id})
WHERE c.space = a.space AND c.live AND c.version = row.version AND c.expires_at > $now AND coalesce(c.valid_to > $now, true)
CREATE (a)-[:DERIVED_FROM {transform: $transform, version: row.version, position: row.position, at: $now, by: $by}]->(c)
RETURN count(c) AS linked
