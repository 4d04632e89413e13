// store_name: what tells a store from others, if it has that.
// mode: read
// params:
// returns: name STRING?
MATCH (s:Store {id: 'memos-graph'})
RETURN s.serial AS name
