// What the Batch service reads and writes: one struct per object of its REST API, JSON names in the
// field tables only. Client and local service share these structs, never behaviour. Where Azure
// adds words between versions, members are text; members that nobody here looks into are Opaque.
//
// Source: Azure Batch REST reference, api-versions 2022-10-01.16.0 to 2025-06-01: the structs hold
// the members of all of them.
#pragma once

#include "batch/wire_account.h"
#include "batch/wire_common.h"
#include "batch/wire_job.h"
#include "batch/wire_node.h"
#include "batch/wire_node_operations.h"
#include "batch/wire_pool.h"
#include "batch/wire_pool_operations.h"
#include "batch/wire_schedule.h"
#include "batch/wire_task.h"
