import type { ProviderSettings } from '../settings.ts'

/** The host of a provider's address; empty where none is configured. */
export function hostOf({ baseUrl }: ProviderSettings): string {
  return baseUrl !== undefined && URL.canParse(baseUrl) ? new URL(baseUrl).hostname.toLowerCase() : ''
}

/**
 * Whether an address is Alibaba Cloud Model Studio's: `dashscope.aliyuncs.com`, `dashscope-intl.…` and its other regions, or
 * a server that stands in for it under the same path.
 */
export function isDashScope(settings: ProviderSettings): boolean {
  return (
    /^dashscope(?:-[a-z0-9]+)*\.aliyuncs\.com$/.test(hostOf(settings)) ||
    /\/compatible-mode(?:\/|$)/.test(settings.baseUrl ?? '')
  )
}

/** Whether an address is OpenRouter's, which takes files and cache marks for all of its models. */
export function isOpenRouter(settings: ProviderSettings): boolean {
  return /(?:^|\.)openrouter\.ai$/.test(hostOf(settings))
}

/** Whether a host is a resource of Azure OpenAI (`*.openai.azure.com`) or of Foundry. */
export function isAzureHost(hostname: string): boolean {
  return /\.(?:openai\.azure\.(?:com|us|cn)|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/i.test(hostname)
}
