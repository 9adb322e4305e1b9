// How often autoscale looks: Azure's figures, which people who try formulas at home may shorten.
#pragma once

#include <chrono>

#include "core/time.h"

namespace dms::service {

struct AutoScaleTimes {
  Ticks sample_interval = std::chrono::seconds{30};
  Ticks min_evaluation_interval = std::chrono::minutes{5};
};

}  // namespace dms::service
