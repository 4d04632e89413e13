// lock: take the lock of a space that an older copy may have brought back, whose cached searches then count no more.
// mode: write
// params: space STRING
// returns: owner STRING
// touches: nothing
MATCH (s:Space {id: $space})
SET s.locked = true
WITH s
// Past every revision there was before it was put back, of which a process may still keep searches.
SET s.revision = s.revision + 1000000
RETURN s.owner AS owner
