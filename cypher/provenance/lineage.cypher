// lineage: what a cube came from and what came from it, step by step, as far as the principal may read.
// mode: read
// params: principal STRING, cube STRING, now DATETIME, depth INTEGER
// returns: space STRING, nodes LIST<MAP>, edges LIST<MAP>
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c WHERE 'read' IN actions AND c.expires_at > $now AND c.state <> 'deleted'
CALL (c) {
  MATCH path = (c)-[:DERIVED_FROM|SUPERSEDES|CONTRADICTS|MERGED_INTO*0..8]->(:MemCube)
  WHERE length(path) <= $depth
  RETURN path
  UNION
  MATCH path = (c)<-[:DERIVED_FROM|SUPERSEDES|CONTRADICTS|MERGED_INTO*0..8]-(:MemCube)
  WHERE length(path) <= $depth
  RETURN path
}
WITH c, collect(path) AS paths
CALL (paths) {
  UNWIND paths AS path
  UNWIND nodes(path) AS n
  WITH DISTINCT n.space AS wanted
  MATCH (s:Space {id: wanted})
  //> include fragments/access
  WITH s, forbidden WHERE 'read' IN actions
  RETURN collect(s.id) AS readable, reduce(all = [], each IN collect(forbidden) | all + each) AS hidden
}
UNWIND paths AS path
WITH c, path, readable, hidden
WHERE all(n IN nodes(path) WHERE n.expires_at > $now AND (n = c OR (n.space IN readable AND NOT n.id IN hidden)))
UNWIND nodes(path) AS n
WITH c, collect(DISTINCT n) AS cubes, collect(DISTINCT path) AS paths
CALL (cubes) {
  UNWIND cubes AS n
  OPTIONAL MATCH (n)-[f:FROM]->(s:Source)
  RETURN collect({
    id: n.id, label: 'MemCube', text: n.text, kind: n.semantic_type, state: n.state, version: n.version, at: n.valid_from,
    source: s.id, source_kind: s.kind, position: f.position, origin_id: n.origin_id
  }) AS nodes
}
CALL (paths) {
  UNWIND paths AS path
  UNWIND relationships(path) AS r
  WITH DISTINCT r
  RETURN collect({start: startNode(r).id, end: endNode(r).id, type: type(r), transform: r.transform, at: r.at, by: r.by}) AS edges
}
RETURN c.space AS space, nodes, edges
