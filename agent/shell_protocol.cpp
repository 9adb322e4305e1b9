#include "agent/shell_protocol.h"

#include "core/codec.h"

using namespace dms::agent;

DMS_CODEC(ShellRequest);
DMS_CODEC(ShellAnswer);
