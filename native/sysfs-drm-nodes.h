// DRM devices on buses that this libdrm does not know: /sys/class/drm.
#pragma once

#include <vector>

#include "drm-node.h"

namespace gemrig {

// Adds the devices that `nodes` lacks: libdrm leaves out those of the faux bus (Linux 6.14) before 2.4.125.
void addUnlistedDrmNodes(std::vector<DrmNode>& nodes);

}  // namespace gemrig
