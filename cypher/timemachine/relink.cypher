// relink: what memories say, and what took their place, is linked as it was at a moment; links that end now keep that they were.
// mode: write
// params: cubes LIST<STRING>, to DATETIME, by STRING, now DATETIME
// returns: relinked LIST<STRING>
// touches: relinked
CYPHER 25
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
WHERE c.created_at <= $to
CALL (c) {
  MATCH (f:MemCube)-[d:DERIVED_FROM {transform: 'extracted'}]->(c)
  WHERE d.at > $to AND f.created_at <= $to
  CREATE (f)-[:WAS_DERIVED_FROM {transform: d.transform, at: d.at, by: d.by, until: $now}]->(c)
  DELETE d
  RETURN collect(f.id) AS ended
}
CALL (c) {
  MATCH (f:MemCube)-[d:WAS_DERIVED_FROM]->(c)
  WHERE d.at <= $to AND d.until > $to AND d.until < $now AND f.state <> 'deleted'
    AND NOT EXISTS { MATCH (f)-[:DERIVED_FROM {transform: 'extracted'}]->(c) }
  WITH f, c, d.transform AS transform, count(*) AS times
  CREATE (f)-[:DERIVED_FROM {transform: transform, at: $now, by: $by}]->(c)
  RETURN collect(f.id) AS back
}
CALL (c) {
  MATCH (c)-[r:SUPERSEDES|CONTRADICTS|MERGED_INTO]-(:MemCube)
  WHERE r.at > $to AND r.until IS NULL
  SET r.until = $now
  RETURN collect(startNode(r).id) AS undone
}
CALL (c) {
  MATCH (c)-[r:SUPERSEDES|CONTRADICTS|MERGED_INTO]-(:MemCube)
  WHERE r.at <= $to AND r.until > $to AND r.until < $now
  WITH DISTINCT startNode(r) AS a, endNode(r) AS b, type(r) AS kind
  WHERE a.state <> 'deleted' AND b.state <> 'deleted' AND NOT EXISTS {
    MATCH (a)-[same:SUPERSEDES|CONTRADICTS|MERGED_INTO]->(b) WHERE type(same) = kind AND same.until IS NULL
  }
  CREATE (a)-[:$(kind) {at: $now, by: $by}]->(b)
  RETURN collect(a.id) AS redone
}
RETURN ended + back + undone + redone AS relinked
