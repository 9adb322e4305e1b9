#include "batch/wire.h"

#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(Pool);
DMS_CODEC(Page<Pool>);
DMS_CODEC(PoolResize);
DMS_CODEC(Node);
DMS_CODEC(Page<Node>);
DMS_CODEC(NodeFile);
DMS_CODEC(Page<NodeFile>);
DMS_CODEC(PoolNodeCounts);
DMS_CODEC(Page<PoolNodeCounts>);
DMS_CODEC(Job);
DMS_CODEC(Page<Job>);
DMS_CODEC(JobPatch);
DMS_CODEC(JobTerminate);
DMS_CODEC(TaskCountsResult);
DMS_CODEC(Task);
DMS_CODEC(Page<Task>);
DMS_CODEC(TaskUpdate);
DMS_CODEC(TaskCollection);
DMS_CODEC(TaskAddResult);
DMS_CODEC(TaskAddCollectionResult);
DMS_CODEC(TaskExecutionInfo);
DMS_CODEC(ErrorBody);
