// The instruction set cap that oneDNN will see in this process.
// Threads: reads the environment.
#pragma once

#include <string>

namespace fruits {

// ONEDNN_MAX_CPU_ISA, else its older name DNNL_MAX_CPU_ISA, else empty: as oneDNN reads them.
std::string MaxCpuIsaVariable();

}  // namespace fruits
