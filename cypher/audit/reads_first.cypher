// reads_first: whether the policy of a space has reads recorded before they are answered.
// mode: read
// params: space STRING
// returns: reads_first BOOLEAN
MATCH (s:Space {id: $space})
RETURN coalesce(s.reads_first, false) AS reads_first
