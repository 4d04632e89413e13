// versions: a stretch of a space's cubes, by id, with every version there is of each, however it is linked.
// mode: read
// params: space STRING, after STRING, limit INTEGER
// returns: id STRING, text STRING, number INTEGER, state STRING, versions LIST<MAP>
MATCH (c:MemCube)
WHERE c.id > $after AND c.space = $space
WITH c ORDER BY c.id LIMIT $limit
RETURN c.id AS id, c.text AS text, c.version AS number, c.state AS state,
       COLLECT {
         MATCH (v:MemVersion {cube: c.id})
         WHERE v.number >= 1 // always so: lets the index of (cube, number) serve
         RETURN {
           number: v.number, text: v.text, sha256: v.sha256, known_from: v.known_from, known_to: v.known_to, by: v.by,
           reason: v.reason, rollback_of: v.rollback_of, current: EXISTS { (c)-[:CURRENT]->(v) },
           previous: COLLECT { MATCH (v)-[:PREVIOUS]->(before:MemVersion {cube: c.id}) RETURN before.number }
         }
         ORDER BY v.number
       } AS versions
ORDER BY id
