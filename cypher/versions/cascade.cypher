// cascade: a cube and all that was derived from it alone in its space, which a delete takes with it; also what any adapter that learnt it was made to say.
// mode: read
// params: cube STRING
// returns: id STRING, previous STRING?, next STRING?, level STRING, state STRING, counted BOOLEAN
MATCH (c:MemCube {id: $cube})
CALL (c) {
  MATCH (c)<-[:DERIVED_FROM*0..]-(d:MemCube)
  WITH DISTINCT c, d
  WHERE d.state <> 'deleted' AND d.space = c.space AND (d = c OR NOT EXISTS {
    // What it stands on past the one that goes; what that one was made from is no ground of its own.
    MATCH (d) ((:MemCube)-[:DERIVED_FROM]->(ground:MemCube) WHERE ground <> c)+ (other:MemCube)
    WHERE other.state <> 'deleted' AND NOT EXISTS { (other)-[:DERIVED_FROM*1..]->(c) }
  })
  RETURN d
  UNION
  MATCH (c)<-[:DERIVED_FROM*1..]-(p:Parametric|Activation)
  WITH DISTINCT c, p
  MATCH (p)<-[:DERIVED_FROM*1..]-(d:MemCube)
  WITH DISTINCT c, d
  WHERE d.state <> 'deleted' AND d.space = c.space
  RETURN d
}
WITH DISTINCT d
OPTIONAL MATCH (p:MemCube)-[:NEXT]->(d)
OPTIONAL MATCH (d)-[:NEXT]->(n:MemCube)
RETURN d.id AS id, p.id AS previous, n.id AS next, d.level AS level, d.state AS state,
       coalesce(d.level = 'whole', false) AND d.state IN ['generated', 'activated', 'frozen'] AS counted
