// Tells whether the process that left a mark is known to be dead, so that a run that was killed is continued
// at once.
//
//   const std::string mark = ProcessMark();      // kept in a lease
//   if (IsKnownDead(mark)) ...                   // read from one
//
// A mark is the boot of the machine, the process namespace, the process id and when it started (proc(5)). A
// process of another machine, boot or container is never known to be dead. Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace fruits::io {

std::string ProcessMark();  // of this process; "" where /proc does not tell
bool IsKnownDead(std::string_view mark);

}  // namespace fruits::io
