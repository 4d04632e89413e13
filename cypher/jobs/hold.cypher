// hold: whether an attempt still has its work, which stays so until the transaction ends. No row: another has it, or nobody.
// mode: write
// params: job STRING, attempt INTEGER
// returns: id STRING
// touches: nothing
//> include fragments/held_job
RETURN j.id AS id
