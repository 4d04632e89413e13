// hold: take the locks of principals, in one order, before what governs them is read to be vouched for.
// mode: write
// params: principals LIST<STRING>
// returns: held INTEGER
// touches: nothing
UNWIND $principals AS wanted
MATCH (p:Principal {id: wanted})
SET p.locked = true
RETURN count(p) AS held
