#include "batch/wire.h"
#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(Pool);
DMS_CODEC(Page<Pool>);
DMS_CODEC(PoolPatch);
DMS_CODEC(PoolUpdate);
DMS_CODEC(PoolResize);
DMS_CODEC(NodeRemove);
DMS_CODEC(EnableAutoScale);
DMS_CODEC(EvaluateAutoScale);
DMS_CODEC(AutoScaleRun);
DMS_CODEC(PoolUsageMetrics);
DMS_CODEC(Page<PoolUsageMetrics>);
DMS_CODEC(PoolNodeCounts);
DMS_CODEC(Page<PoolNodeCounts>);
