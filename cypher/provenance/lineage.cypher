// lineage: what a cube came from and what came from it, step by step, as far as the principal may read; as of a moment, what was known then.
// mode: read
// params: principal STRING, cube STRING, now DATETIME, as_of DATETIME?, depth INTEGER
// returns: space STRING, nodes LIST<MAP>, edges LIST<MAP>
// shows: $cube, nodes[].id
CYPHER 25
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c, sees WHERE 'read' IN actions AND c.expires_at > $now AND c.state <> 'deleted' AND ($as_of IS NULL OR c.created_at <= $as_of)
CALL (c) {
  MATCH path = (c)-[:DERIVED_FROM|WAS_DERIVED_FROM|ANNOTATED_FROM|SUPERSEDES|CONTRADICTS|MERGED_INTO*0..8]->(:MemCube)
  WHERE length(path) <= $depth
  RETURN path
  UNION
  MATCH path = (c)<-[:DERIVED_FROM|WAS_DERIVED_FROM|ANNOTATED_FROM|SUPERSEDES|CONTRADICTS|MERGED_INTO*0..8]-(:MemCube)
  WHERE length(path) <= $depth
  RETURN path
}
WITH c, sees, collect(path) AS paths
CALL (paths) {
  UNWIND paths AS path
  UNWIND nodes(path) AS n
  WITH DISTINCT n.space AS wanted
  MATCH (s:Space {id: wanted})
  //> include fragments/access
  WITH s, sees AS seen, forbidden WHERE 'read' IN actions
  RETURN collect(s.id) AS readable, collect(seen) AS levels, reduce(all = [], each IN collect(forbidden) | all + each) AS hidden
}
UNWIND paths AS path
WITH c, sees, path, readable, levels, hidden
WHERE all(r IN relationships(path) WHERE CASE WHEN $as_of IS NULL THEN r.until IS NULL
    ELSE coalesce(r.at <= $as_of, true) AND coalesce(r.until > $as_of, true) END)
  AND all(n IN nodes(path) WHERE n.expires_at > $now AND (n = c OR (n.space IN readable AND NOT n.id IN hidden)))
UNWIND nodes(path) AS n
WITH c, sees, readable, levels, collect(DISTINCT n) AS cubes, collect(DISTINCT path) AS paths
CALL (c, sees, readable, levels, cubes) {
  UNWIND cubes AS n
  WITH n, CASE WHEN n = c THEN sees ELSE levels[head([i IN range(0, size(readable) - 1) WHERE readable[i] = n.space])] END AS seen
  OPTIONAL MATCH (n)-[f:FROM]->(s:Source)
  OPTIONAL CALL (n) {
    WITH n WHERE $as_of IS NOT NULL
    MATCH (n)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
    WHERE v.known_from <= $as_of AND (v.known_to IS NULL OR v.known_to > $as_of)
    OPTIONAL MATCH (n)-[:WAS]->(was:PastState)
    WHERE was.known_from <= $as_of AND was.known_to > $as_of
    RETURN v, was
  }
  RETURN collect({
    id: n.id, label: 'MemCube', text: CASE
      WHEN coalesce(v.clearance, n.clearance, 0) > seen THEN coalesce(v.views, n.views)[seen]
      ELSE coalesce(v.text, n.text)
    END, kind: n.semantic_type, state: coalesce(was.state, n.state),
    version: coalesce(v.number, n.version), at: coalesce(was.valid_from, n.valid_from),
    source: s.id, source_kind: s.kind, position: f.position, origin_id: n.origin_id
  }) AS nodes
}
CALL (paths) {
  UNWIND paths AS path
  UNWIND relationships(path) AS r
  WITH DISTINCT r
  RETURN collect({start: startNode(r).id, end: endNode(r).id, type: replace(type(r), 'WAS_', ''), transform: r.transform, at: r.at, by: r.by}) AS edges
}
RETURN c.space AS space, nodes, edges
