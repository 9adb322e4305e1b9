ptf ~
storage ~ storage             ~
k ~ k                   ~
b ~ b                   ~
days 30
substeps 20000
