// refused_target: the spaces whose logs tell of an act that was refused, on a space, a memory, a run, a receipt, a role, a key or a principal; no row for what does not exist.
// mode: read
// params: target STRING
// returns: space STRING, cube STRING?
CALL () {
  MATCH (s:Space {id: $target})
  RETURN s.id AS space, null AS cube
  UNION
  MATCH (c:MemCube {id: $target})
  RETURN c.space AS space, c.id AS cube
  UNION
  MATCH (r:Run {id: $target})
  RETURN r.space AS space, null AS cube
  UNION
  MATCH (r:Receipt {id: $target})
  RETURN r.space AS space, null AS cube
  UNION
  // Who has a role has what it is granted: these spaces are what an act on it is about.
  MATCH (:Role {id: $target})-[:GRANTED]->(s:Space)
  RETURN s.id AS space, null AS cube
  UNION
  // What lies in no space is told to whom it belongs, in the space it has had longest.
  MATCH (p:Principal) WHERE p.id = $target AND NOT p:Role
  CALL (p) { MATCH (p)-[:OWNS]->(s:Space) RETURN s.id AS space ORDER BY s.created_at, s.id LIMIT 1 }
  RETURN space, null AS cube
  UNION
  MATCH (r:Role {id: $target})
  WHERE NOT EXISTS { (r)-[:GRANTED]->(:Space) }
  MATCH (p:Principal {id: r.owner})
  CALL (p) { MATCH (p)-[:OWNS]->(s:Space) RETURN s.id AS space ORDER BY s.created_at, s.id LIMIT 1 }
  RETURN space, null AS cube
  UNION
  MATCH (k:ApiKey {id: $target})-[:OF]->(p:Principal)
  CALL (p) { MATCH (p)-[:OWNS]->(s:Space) RETURN s.id AS space ORDER BY s.created_at, s.id LIMIT 1 }
  RETURN space, null AS cube
}
RETURN DISTINCT space, cube
