#include "batch/wire_statistics.h"

#include "core/codec.h"

using namespace dms::batch;

DMS_CODEC(TaskStatistics);
DMS_CODEC(JobStatistics);
DMS_CODEC(PoolStatistics);
