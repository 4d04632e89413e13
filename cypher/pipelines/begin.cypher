// begin: a run of a pipeline with its steps, all of them waiting; the caller holds the space's lock.
// mode: write
// params: run MAP, steps LIST<MAP>, needs LIST<MAP>, principal STRING
// returns: steps INTEGER
// touches: nothing
//> include fragments/acting
CREATE (r:Run)-[:BY]->(me)
SET r = $run
WITH r
UNWIND $steps AS row
CREATE (r)-[:STEP]->(s:Step)
SET s = row
WITH r, count(s) AS steps
CALL (r) {
  UNWIND $needs AS pair
  MATCH (later:Step {run: r.id, id: pair.step}), (earlier:Step {run: r.id, id: pair.need})
  CREATE (later)-[:NEEDS]->(earlier)
}
RETURN steps
