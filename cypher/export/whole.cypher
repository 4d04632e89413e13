// whole: which of these memories are as they were written: a bundle names no other.
// mode: read
// params: cubes LIST<STRING>
// returns: memories LIST<MAP>
// shows: memories[].id
RETURN COLLECT {
  UNWIND $cubes AS wanted
  MATCH (c:MemCube {id: wanted})
  RETURN {id: c.id}
} AS memories
