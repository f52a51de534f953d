import type { ProviderSettings } from '../settings.ts'

/** What is asked for where nothing is configured (S000; C-12). */
const defaultVersion = '2024-10-21'

/** Whether the versionless routes are asked, under `/openai/v1`. */
export function isV1({ apiVersion }: ProviderSettings): boolean {
  return apiVersion === 'v1' || apiVersion === 'preview' || apiVersion === 'latest'
}

/** The dated version of the routes that need one. */
export function versionOf({ apiVersion }: ProviderSettings): string {
  return apiVersion ?? defaultVersion
}
