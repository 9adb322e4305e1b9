// What the Batch service reads and writes: one struct per object of its REST API, JSON names in the
// field tables only. Client and local service share these structs, never behaviour.
//
// Source: Azure Batch REST reference, api-version 2024-07-01.20.0 and earlier back to
// 2022-10-01.16.0.
#pragma once

#include "batch/wire_common.h"
#include "batch/wire_job.h"
#include "batch/wire_node.h"
#include "batch/wire_pool.h"
#include "batch/wire_task.h"
