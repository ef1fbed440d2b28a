// Exit 0 when a container engine answers within argv[2] milliseconds, counted from when the client is loaded; else 1.
import { getContainerRuntimeClient } from 'testcontainers'

setTimeout(() => process.exit(1), Number(process.argv[2]))
getContainerRuntimeClient().then(
  () => process.exit(0),
  () => process.exit(1),
)
