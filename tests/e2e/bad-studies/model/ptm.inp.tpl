start {PTM_STRAT}
end {PTM_END}
  node {NODE}
