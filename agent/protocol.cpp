#include "agent/protocol.h"

#include "core/codec.h"

using namespace dms::agent;

DMS_CODEC(FromAgent);
DMS_CODEC(ToAgent);
