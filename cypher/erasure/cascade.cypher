// cascade: mark memories and all that was derived from them alone in their space as going, and give their content to be counted and hashed.
// mode: write
// params: cubes LIST<STRING>
// returns: id STRING, kind STRING, state STRING, counted BOOLEAN, texts LIST<STRING>
// touches: id
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
SET c.erasing = true
WITH collect(c) AS chosen
CALL (chosen) {
  UNWIND chosen AS c
  MATCH (c)<-[:DERIVED_FROM*0..]-(d:Plaintext)
  WITH DISTINCT c, d
  WHERE d.state <> 'deleted' AND d.space = c.space AND NOT EXISTS {
    // What it stands on past those that go; what those were made from is no ground of its own.
    MATCH (d) ((:MemCube)-[:DERIVED_FROM]->(ground:MemCube) WHERE ground.erasing IS NULL)+ (other:MemCube)
    WHERE other.state <> 'deleted' AND NOT EXISTS { (other)-[:DERIVED_FROM*1..]->(:MemCube {erasing: true}) }
  }
  RETURN d
  UNION
  // What a KV-cache or an adapter made of them was made to say.
  UNWIND chosen AS c
  MATCH (c)<-[:DERIVED_FROM*1..]-(p:Parametric|Activation)
  WITH DISTINCT c, p
  MATCH (p)<-[:DERIVED_FROM*1..]-(d:Plaintext)
  WITH DISTINCT c, d
  WHERE d.state <> 'deleted' AND d.space = c.space
  RETURN d
  UNION
  UNWIND chosen AS d
  RETURN d
}
SET d.erasing = true
RETURN d.id AS id, d.semantic_type AS kind, d.state AS state,
       coalesce(d.level = 'whole', false) AND d.state IN ['generated', 'activated', 'frozen'] AS counted,
  COLLECT { MATCH (v:MemVersion {cube: d.id}) WHERE v.number >= 1 RETURN v.text ORDER BY v.number } AS texts
ORDER BY id
