echo node %COMPUTERNAME% is ready
