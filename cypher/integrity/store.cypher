// store: whether the memories of this store were vouched for, as a keyed sign says.
// mode: read
// params:
// returns: vouched STRING?
MATCH (s:Store {id: 'memos-graph'})
RETURN s.vouched AS vouched
