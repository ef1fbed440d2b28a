import { testServers } from '../servers/index.ts'
import { contractPartitions, contractRoles, sourceContract } from './contract.ts'
import { testLog } from './kafka-harness.ts'

sourceContract('Kafka', () => testLog(testServers().kafka, contractRoles, contractPartitions), 700)
