// snapshots: the named moments of a space, or the one of a name, newest first.
// mode: read
// params: principal STRING, space STRING, name STRING?, now DATETIME
// returns: name STRING, at DATETIME, by STRING, reason STRING?
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s WHERE 'read' IN actions
MATCH (n:Snapshot)
WHERE n.space = s.id AND ($name IS NULL OR n.name = $name)
RETURN n.name AS name, n.at AS at, n.by AS by, n.reason AS reason
ORDER BY at DESC, name
