// settle: spaces get their new tallies, each with the mark that binds it.
// mode: write
// params: tallies LIST<MAP>
// returns: settled INTEGER
// touches: nothing
UNWIND $tallies AS row
MATCH (s:Space {id: row.id})
SET s.tally = row.tally, s.tally_mark = row.tally_mark
RETURN count(s) AS settled
