// renamed: topic `t` gives way to one named after the most mentioned of its concepts `k`. Whoever may read the one may read the other; where that is there already, nobody is shown more by it.
// params: space STRING
// needs: t, k
// yields: renamed INTEGER, the end of a statement
WITH t, k, EXISTS { (:Topic {space: $space, name: k.name}) } AS taken, COUNT { (:MemCube)-[:MENTIONS]->(k) } AS mentions
ORDER BY taken, mentions DESC, k.name
WITH t, head(collect(k)) AS leader
WITH t, leader, EXISTS { (:Topic {space: $space, name: leader.name}) } AS joins
MERGE (n:Topic {space: $space, name: leader.name})
ON CREATE SET n.embedding = leader.embedding
WITH t, n, joins
CALL (t, n, joins) {
  WITH t, n WHERE NOT joins
  MATCH (p)-[g:GRANTED]->(t)
  MERGE (p)-[h:GRANTED {by: g.by}]->(n)
  SET h = properties(g)
}
CALL (n, joins) {
  WITH n WHERE joins
  MATCH ()-[g:GRANTED]->(n)
  DELETE g
}
WITH t, n
CALL (t, n) {
  MATCH (k:Concept)-[w:WITHIN]->(t)
  DELETE w
  MERGE (k)-[:WITHIN]->(n)
}
DETACH DELETE t
RETURN count(t) AS renamed
