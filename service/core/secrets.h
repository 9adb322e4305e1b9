// Passwords and keys that clients send and never get back.
#pragma once

#include "batch/wire.h"

namespace dms::service {

// Takes out the passwords and keys of users, registries and mounts.
void hide_secrets(batch::Pool& wire);
void hide_secrets(batch::PoolInfo& wire);

}  // namespace dms::service
